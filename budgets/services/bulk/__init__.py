"""Reads and writes of many rows in few statements, where Django's ORM has no words for it.

A statement of one row has always the same text, and is left to `models.driver`: most posts write no more.
"""
