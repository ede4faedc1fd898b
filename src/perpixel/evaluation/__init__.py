"""Judges a model on a data set, or label maps that any tool made; writes what a person wants to see of it."""

from perpixel.evaluation.cases import Case, draw_case
from perpixel.evaluation.coco_files import score_coco
from perpixel.evaluation.evaluation import Evaluation, evaluate
from perpixel.evaluation.folders import score_folders
from perpixel.evaluation.held_out import not_held_out
from perpixel.evaluation.lane_files import are_lanes, score_lanes
from perpixel.evaluation.opening import open_for_model
from perpixel.evaluation.report import write_report
from perpixel.evaluation.run_length_tables import score_tables

__all__ = [
    "Case",
    "Evaluation",
    "are_lanes",
    "draw_case",
    "evaluate",
    "not_held_out",
    "open_for_model",
    "score_coco",
    "score_folders",
    "score_lanes",
    "score_tables",
    "write_report",
]
