from .analyse import analyse_image as analyse_image
from .image_files import ImageFiles as ImageFiles
from .outcome import Outcome as Outcome
from .recipe import Recipe as Recipe
