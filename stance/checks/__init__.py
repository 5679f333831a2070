"""Checks of labelled files: is the data sound, and is it more than templates and a word list?"""
