from .caution import Caution as Caution
from .pair import check_pair as check_pair
from .shift import channel_shift as channel_shift
