"""The lesson without Python: one HTML file with every run that a class can ask for, to be opened from disk.

`rumorsim.app.lesson.levers` says what can be moved, `study` runs it as a sweep, `layout` packs the numbers, and `write`
puts them beside the drawings (``lesson.js``) and the words (``texts/``) into one file.
"""

from __future__ import annotations

from rumorsim.app.lesson.write import Lesson, write_lesson

__all__ = ["Lesson", "write_lesson"]
