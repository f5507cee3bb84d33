"""Vectors of numbers in registers, for kernels that LLVM does not vectorise by itself.

A kernel that walks over a layer in blocks of neurons keeps membranes and currents of the block in registers between
loading and storing them, and gets the neurons above threshold as the bits of an integer. The number of lanes is a
compile-time constant. On vectors, `+ − ·` and `/` work element by element, also with a scalar of the same type on the
left. Arrays must be C-contiguous; an offset counts elements from the start of the array.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic, models, overload, register_model

_operation: Any = intrinsic
_with_literals: Any = intrinsic(prefer_literal=True)


class Vector(types.Type):
    """Numba type of `lanes` numbers of one floating-point type."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        self.dtype, self.lanes = dtype, lanes
        super().__init__(f"Vector({dtype}, {lanes})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        element = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, vector.lanes))


def _pointer(context: Any, builder: Any, array_type: Any, place: Any, lanes: int) -> Any:
    array, offset = place
    data = context.make_array(array_type)(context, builder, array).data
    vector = context.get_value_type(Vector(array_type.dtype, lanes))
    return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())


@_with_literals
def load(_: Any, array: Any, offset: Any, lanes: Any) -> Any:
    """Read the vector of `lanes` elements at an offset."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], args[:2], signature.return_type.lanes)
        return builder.load(pointer, align=signature.args[0].dtype.bitwidth // 8)

    return Vector(array.dtype, lanes.literal_value)(array, types.intp, lanes), generate


@_operation
def store(_: Any, array: Any, offset: Any, value: Any) -> Any:
    """Write a vector at an offset."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], args[:2], signature.args[2].lanes)
        builder.store(args[2], pointer, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def _splat(builder: Any, scalar: Any, lanes: int) -> Any:
    undefined = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    index = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(first, undefined, index)


@_with_literals
def splat(_: Any, scalar: Any, lanes: Any) -> Any:
    """Return the vector whose `lanes` elements are all `scalar`."""

    def generate(_: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _splat(builder, args[0], signature.return_type.lanes)

    return Vector(scalar, lanes.literal_value)(scalar, lanes), generate


@_with_literals
def at(_: Any, values: Any, offset: Any, lanes: Any) -> Any:
    """Return the vector at an offset of an array, or that of a number that is the same for all."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        if not isinstance(kind, types.Array):
            return _splat(builder, args[0], signature.return_type.lanes)
        pointer = _pointer(context, builder, kind, args[:2], signature.return_type.lanes)
        return builder.load(pointer, align=kind.dtype.bitwidth // 8)

    dtype = values.dtype if isinstance(values, types.Array) else values
    return Vector(dtype, lanes.literal_value)(values, types.intp, lanes), generate


@_operation
def pick(_: Any, values: Any, index: Any) -> Any:
    """Return an element of an array, counted through its rows, or a number that is the same for all."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        if not isinstance(kind, types.Array):
            return args[0]
        data = context.make_array(kind)(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return (values.dtype if isinstance(values, types.Array) else values)(values, types.intp), generate


@_operation
def rows_of(_: Any, values: Any) -> Any:
    """Return the rows of an array, 1 for a number: a constant where the caller is compiled for numbers."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        if not isinstance(kind, types.Array):
            return context.get_constant(types.intp, 1)
        return builder.extract_value(context.make_array(kind)(context, builder, args[0]).shape, 0)

    return types.intp(values), generate


@_operation
def raised(_: Any, vector: Any, values: Any, offset: Any) -> Any:
    """Return a vector plus that at an offset of an array; plus nothing where `values` is a number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[1]
        if not isinstance(kind, types.Array):
            return args[0]
        pointer = _pointer(context, builder, kind, args[1:], signature.args[0].lanes)
        return builder.fadd(args[0], builder.load(pointer, align=kind.dtype.bitwidth // 8))

    return vector(vector, values, types.intp), generate


@_operation
def above(_: Any, a: Any, b: Any) -> Any:
    """Return the bits of the elements where a > b as uint64, element 0 lowest."""

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        bits = builder.bitcast(builder.fcmp_ordered(">", *args), ir.IntType(a.lanes))
        return bits if a.lanes == 64 else builder.zext(bits, ir.IntType(64))

    return types.uint64(a, b), generate


@_operation
def select(_: Any, bits: Any, a: Any, b: Any) -> Any:
    """Return the elements of a where the bits (uint64) are set, else those of b."""

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        low = args[0] if a.lanes == 64 else builder.trunc(args[0], ir.IntType(a.lanes))
        return builder.select(builder.bitcast(low, ir.VectorType(ir.IntType(1), a.lanes)), args[1], args[2])

    return a(types.uint64, a, b), generate


@_operation
def magnitude(_: Any, a: Any) -> Any:
    """Return the absolute values."""

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        kind = args[0].type
        name = f"llvm.fabs.v{a.lanes}f{a.dtype.bitwidth}"
        return builder.call(get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), name), args)

    return a(a), generate


@_operation
def lowest_bit(_: Any, bits: Any) -> Any:
    """Return the index of the lowest set bit of a uint64 other than 0."""

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


def _elementwise(instruction: str) -> Any:
    @_operation
    def apply(_: Any, a: Any, b: Any) -> Any:
        def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:
            left = args[0] if isinstance(a, Vector) else _splat(builder, args[0], b.lanes)
            return getattr(builder, instruction)(left, args[1])

        return b(a, b), generate

    return apply


def _define(operation: Any, instruction: str) -> None:
    apply = _elementwise(instruction)

    @overload(operation, inline="always", strict=False)
    def implement(a: Any, b: Any) -> Any:
        if isinstance(b, Vector) and a in (b, b.dtype):
            return lambda a, b: apply(a, b)
        return None


for _symbol, _instruction in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
):  # fmt: skip
    _define(_symbol, _instruction)
