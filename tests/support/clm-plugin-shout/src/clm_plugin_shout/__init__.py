"""A plugin whose job types upper-case texts, and fail in every way on the texts' demand."""
