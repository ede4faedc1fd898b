"""What a data set is and what is wrong with it, told by a look at every file."""

from perpixel.data.inspecting.inspection import Inspection, inspect_data
from perpixel.data.inspecting.problem import Problem

__all__ = ["Inspection", "Problem", "inspect_data"]
