"""Every command of `invoke`, thin: what a command does is elsewhere. One module per kind of user."""
