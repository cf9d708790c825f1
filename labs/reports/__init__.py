"""Load tests that somebody else published: can their numbers be, and what do the laws say of them?"""
