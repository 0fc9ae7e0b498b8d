"""One machinery of stored runs: a design of points and replicates, done by any number of workers and kept in a folder.

It takes callables and knows nothing of what is run. `rumorsim.runs.machine` hands tasks to processes or to Dask,
`rumorsim.runs.journal` keeps what they return until all is there, and `rumorsim.runs.folder` seals it as Parquet.
"""

__all__: list[str] = []
