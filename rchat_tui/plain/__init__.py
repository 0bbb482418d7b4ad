"""rchat in plain lines: for screen readers, dumb terminals and logs.

Nothing is drawn: what happens is written line after line, with no escape sequence of any kind, and
what is typed is read line by line, as the terminal itself edits it. All is done by slash commands.
"""
