"""The same YOLO model for an input of less height: what shows nothing costs nothing.

A model exported for one size has that size in constants: in what reshapes ask for, and in its head wherever there is
a value for each place that it looks at. The places of a lower input are the upper ones of the whole, in the same
order, so the values are kept of those. The weights stay as they are.
"""

from __future__ import annotations

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13

STRIDES = (8, 16, 32)
"""Pixels between two places, in each of the three grids of a YOLO head."""


def lowered(model: openvino.Model, height: int) -> openvino.Model | None:
    """This model, changed for an input of ``height`` pixels; None where it is not made like the YOLO models known.

    ``height`` is a multiple of the largest stride and less than the model's own, whose input is fixed.
    """
    whole = tuple(model.input().shape[2:])
    kept = upper_places(whole, height)
    _keep_values(model, kept)
    _replace_targets(model, whole, height, kept)
    model.get_parameters()[0].set_partial_shape(openvino.PartialShape([1, 3, height, whole[1]]))
    try:
        model.validate_nodes_and_infer_types()
    except RuntimeError:
        return None
    shape = model.output(0).partial_shape
    return model if shape.is_static and shape[2] == openvino.Dimension(int(kept.sum())) else None


def upper_places(whole: tuple[int, ...], height: int) -> NDArray[np.bool_]:
    """Which places of an input of this height and width also lie in one of ``height``; grid by grid, row by row."""
    grids = [(whole[0] // stride, whole[1] // stride, height // stride) for stride in STRIDES]
    return np.concatenate([np.arange(rows * columns) < upper * columns for rows, columns, upper in grids])


def _keep_values(model: openvino.Model, kept: NDArray[np.bool_]) -> None:
    for node in model.get_ordered_ops():
        shape = list(node.get_output_shape(0)) if node.get_type_name() == "Constant" else []
        if len(kept) in shape:
            constant = opset13.constant(np.compress(kept, node.get_data(), axis=shape.index(len(kept))))
            for target in node.output(0).get_target_inputs():
                target.replace_source_output(constant.output(0))


def _replace_targets(model: openvino.Model, whole: tuple[int, ...], height: int, kept: NDArray[np.bool_]) -> None:
    """What reshapes ask for: all places in one row, the coarsest grid in one row, or that grid's rows and columns."""
    rows, columns, upper = (length // STRIDES[-1] for length in (*whole, height))
    lengths = {len(kept): int(kept.sum()), rows * columns: upper * columns}
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Reshape" or node.input_value(1).get_node().get_type_name() != "Constant":
            continue
        target = node.input_value(1).get_node().get_data().tolist()
        new = [lengths.get(length, length) for length in target]
        if target[2:] == [rows, columns]:
            new[2:] = upper, columns
        if new != target:
            node.input(1).replace_source_output(opset13.constant(np.array(new, np.int64)).output(0))
