"""Two yardsticks for the engine: plain C with the same algorithm, and the obvious NumPy."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.scenario import Reference

__all__ = ["CReference", "c_compiler", "naive_numpy"]

SOURCE = Path(__file__).with_name("reference.c")


def c_compiler() -> str | None:
    """Return a C compiler, or None where there is none."""
    return shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")


class CReference:
    """The C yardstick, compiled once into a temporary folder."""

    def __init__(self) -> None:
        compiler = c_compiler()
        if compiler is None:
            raise RuntimeError("no C compiler")
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "reference.so"
            flags = ["-O3", "-march=native", "-std=c11", "-shared", "-fPIC"]
            subprocess.run([compiler, *flags, "-o", str(library), str(SOURCE), "-lm"], check=True)
            self._run = ctypes.CDLL(str(library)).maki_thompson
        self._run.restype = ctypes.c_int64

    def run(
        self,
        reference: Reference,
        seed: int = 0,
        hear: NDArray[np.float32] | None = None,
        stop: NDArray[np.float32] | None = None,
        start: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Return (heard, stopped) ticks, -1 if never, -2 for initial spreaders."""
        begin = reference.start if start is None else start
        heard = np.empty(reference.people, np.int16)
        stopped = np.empty(reference.people, np.int16)

        def at(array: NDArray[np.generic] | None) -> ctypes.c_void_p:
            return ctypes.c_void_p(None if array is None else array.ctypes.data)

        knowing = self._run(
            ctypes.c_int64(reference.people),
            at(begin),
            at(reference.target),
            at(reference.weight),
            at(reference.transmission_rates),
            ctypes.c_int64(reference.ticks),
            ctypes.c_double(reference.tick_days),
            ctypes.c_double(reference.stifling_rate),
            ctypes.c_double(reference.forgetting_rate),
            at(reference.initial),
            ctypes.c_int64(len(reference.initial)),
            ctypes.c_uint64(seed),
            at(hear),
            at(stop),
            at(heard),
            at(stopped),
        )
        if knowing < 0:
            raise MemoryError
        return heard, stopped


def naive_numpy(
    reference: Reference, matrix: sparse.csr_array, rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return (heard, stopped) ticks as the C yardstick: whole matrix times vector and a draw for all, every tick."""
    people = reference.people
    heard = np.full(people, -1, np.int16)
    stopped = np.full(people, -1, np.int16)
    heard[reference.initial] = -2
    telling = np.zeros(people, np.float32)
    telling[reference.initial] = 1.0
    for tick, rate in enumerate(reference.transmission_rates):
        knows = heard != -1
        hearing = matrix @ telling * (rate * reference.tick_days)
        stifling = reference.stifling_rate * (matrix @ knows.astype(np.float32)) + reference.forgetting_rate
        hears = ~knows & (rng.random(people) < -np.expm1(-hearing))
        stops = (telling > 0) & (rng.random(people) < -np.expm1(-stifling * reference.tick_days))
        heard[hears] = tick
        stopped[stops] = tick
        telling[hears] = 1.0
        telling[stops] = 0.0
        if not telling.any():
            break
    return heard, stopped
