from .areas import tos as tos
from .co_occurrence import manders as manders, overlap as overlap
from .histogram import JointHistogram as JointHistogram, joint_histogram as joint_histogram
from .information import mutual_information as mutual_information
from .linear_correlation import li_icq as li_icq, pearson as pearson, regression as regression
from .ranks import kendall as kendall, rwc as rwc, spearman as spearman
