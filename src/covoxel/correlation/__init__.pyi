from .ccf_curve import VanSteensel as VanSteensel, van_steensel as van_steensel
from .cross_correlogram import Correlogram as Correlogram, correlogram as correlogram
from .temporal_correlation import Delay as Delay, delay as delay
