"""The only home of numba loops; importing a module of this folder loads numba, importing the folder does not.

Kernels take and give plain arrays and know nothing of files or classes. Each has a slow reference in the tests.
"""
