from .analyse import analyse_image as analyse_image
from .checking import RecipeError as RecipeError
from .drafting import Draft as Draft, draft_recipe as draft_recipe
from .finding import find_images as find_images
from .image_files import ImageFiles as ImageFiles
from .outcome import Outcome as Outcome
from .preview import Overview as Overview, dry_run as dry_run, overview as overview
from .reading import read_recipe as read_recipe, recipe_from as recipe_from
from .recipe import Recipe as Recipe
from .run import BatchResult as BatchResult, run_batch as run_batch
from .verify import Verification as Verification, verify_batch as verify_batch
from .writing import recipe_schema as recipe_schema, write_recipe as write_recipe
