# Recipes of scripts/exports: functions that write a network to a path, by name.
from . import language, others, pictures, runtime
from .common import RECIPES

__all__ = ["RECIPES", "language", "others", "pictures", "runtime"]
