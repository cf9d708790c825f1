"""A lab on machines that aren't this one: what it takes to run it there, and the verdict on what came back."""
