from .channel import Channel as Channel, as_channel as as_channel
from .regions import Regions as Regions
from .shapes import polygons as polygons
