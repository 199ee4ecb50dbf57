from .errors import ImageError as ImageError
from .info import ImageInfo as ImageInfo
from .read import image_info as image_info, read_image as read_image
from .results import write_results as write_results
from .write import write_channels as write_channels
