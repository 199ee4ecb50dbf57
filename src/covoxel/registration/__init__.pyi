from .estimate import register as register
from .field.estimate import displacement_field as displacement_field
from .field.record import DisplacementField as DisplacementField
from .record import Registration as Registration
