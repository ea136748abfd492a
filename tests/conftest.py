"""What all tests share."""

from hypothesis import settings

# A busy machine is no bug, so there is no deadline; a failure prints what repeats it.
settings.register_profile("lumbar", deadline=None, print_blob=True)
settings.load_profile("lumbar")
