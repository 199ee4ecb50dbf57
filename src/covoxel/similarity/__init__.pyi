from .changes import changed_boxes as changed_boxes, difference_image as difference_image
from .colors import compare_colors as compare_colors
from .compare import Comparison as Comparison, compare_images as compare_images
from .hashes import image_hash as image_hash, near_duplicates as near_duplicates
from .keypoints import match_keypoints as match_keypoints
from .noise import filtered_correlation as filtered_correlation
from .repeats import find_repeats as find_repeats
from .search import find_image as find_image
