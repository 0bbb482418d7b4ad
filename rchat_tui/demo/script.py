"""What the residents of the demo say. A newcomer reads this before anything else: make it worth it.

A play: scenes are separated by blank lines, and the first line of each names its channel. Then
``name: words``, where a line that is indented goes on with the one before, or ``name leaves`` and
``name returns``.
"""

from __future__ import annotations

from typing import Final

RESIDENTS: Final[tuple[str, ...]] = ("ada", "grace", "margaret", "dennis", "edsger")
CHANNELS: Final[tuple[str, ...]] = ("general", "python", "coffee")
HOST: Final = "grace"
"""Who writes to newcomers in private."""

BEFORE: Final = """
#general
grace: Morning, all. Kettle's on, tests are green.
dennis: Both at once? *Suspicious.*
grace: I broke them on purpose first, to see whether they would notice. They did.
margaret: That is the only way to believe a test.
ada: I left the build running overnight and dreamt in exit codes.
edsger: And what did you dream?
ada: 0. Very peaceful.
margaret: Somebody new may drop in later. Be nice, and keep the riddles short.
dennis: My riddles are one line. It is the answers that take four.
grace: If you are reading the scrollback: **welcome!** `Ctrl+K` jumps to any channel or person,
  and `F1` shows every key.
edsger: Nothing you type here can break anything. I have tried.
ada: He has. Twice. Then he wrote a proof about it.

#python
ada: Today I learned: the event loop holds tasks *weakly*. Keep what `create_task` returns,
  or the garbage collector will keep it for you.
dennis: A task that nobody awaits is a wish, not a plan.
margaret: "Every task has an owner." I would print that on a mug.
grace: I have that mug. There is coffee in it.
edsger: And what does the mug do when nobody awaits the coffee?
grace: It gets cold and logs a warning.
ada: Related: a queue without a bound is a memory leak with good manners.
dennis: Give it a bound and decide who waits. The deciding is the design.
margaret: And write down what happens when it is full. Future you is a stranger
  with your keyboard.
ada: Future me sends thank-you notes. And bug reports.
grace: Same handwriting on both.
edsger: Naturally. They are about the same function.

#coffee
dennis: The grinder is louder than the server today.
margaret: The server has better error messages, too.
dennis: The grinder has one. It is a smell.
ada: Light roast, 92 degrees, four minutes. I will not be taking questions.
grace: 93.
ada: I said I will not be taking questions.
edsger: Tea.
dennis: Somebody check on edsger.
edsger: Tea needs no grinder. I have removed a moving part from breakfast.
margaret: He is right, you know. I hate it when he is right before nine.
grace: This channel is called #coffee. We do have standards. They are just not followed.
ada: So it is a protocol.
"""

LIVE: Final = """
#general
dennis: Riddle. I am full of holes and still hold the whole application together. What am I?
ada: A test suite?
margaret: A net.
dennis: It was "network", but I will take "net".
edsger: Half a word for half an answer. Fair.

#general
grace: Somebody asked me how to get around in here, so: Ctrl+K, type two letters, Enter.
ada: Works for people as well. Ctrl+K, "gr", Enter, and you are whispering with grace.
grace: Please whisper something nice.
ada: Done.

#general
margaret: Which terminal is everybody on this week?
dennis: The one that was open.
ada: One with ligatures. I regret nothing.
edsger: Eighty columns by twenty-four rows. The rest is decoration.
margaret: It even fits on 80x24 in here. I checked.
edsger: I know. I was watching.

#general
ada: Small joys: a program that says what went wrong and what to do about it.
margaret: Smaller joy: finding out that one wrote it oneself, two years ago.
grace: Smallest joy: it was in the log the whole time.

#general
dennis: Back in a minute, there is somebody at the door.
dennis leaves
grace: Ten pence says it is a keyboard.
ada: Another one?
margaret: It is always another one.
dennis returns
dennis: It was not a keyboard.
dennis: It was two keyboards.

#general
edsger: A question for everybody: what have you deleted today?
ada: A cache.
grace: A meeting.
margaret: A branch that I was going to come back to. Since March.
dennis: I deleted a comment that said "temporary". And then what it was about.
edsger: A good day, then.

#general
grace: Tip of the day: Alt+A takes you to the next unread channel, mentions first.
dennis: I press it until there is nothing left, and then I feel like I have achieved something.
margaret: You have. You have read your mail.

#general
margaret: I am going to stretch my legs. If it is on fire, it was fine when I left.
margaret leaves
ada: Is it on fire?
dennis: Define "it".
margaret returns
margaret: Not on fire. Good. Thank you for your service.

#python
dennis: Friendly reminder that "except Exception: pass" is not error handling, it is denial.
ada: With you there. An exception is a message, and that is a mailbox with no bottom.
margaret: At least log it. Even a diary with no reader is a diary.
edsger: Or let it fly. Somebody further up knows what to do. That is what "up" is for.

#python
ada: Dataclasses with frozen=True have changed how I sleep.
grace: Because nobody changes them behind your back at night?
ada: Exactly. I put a value down in the evening, and in the morning it is the same value.
dennis: You should meet my fridge.

#python
grace: Profiled it. Ninety percent of the time was one regular expression.
edsger: And the other ten?
grace: Me, reading the regular expression.
margaret: Replaced it?
grace: str.partition. Forty times faster, and it can be read aloud.

#python
margaret: What is your rule for comments?
ada: They say why. The code already says what, for better or worse.
dennis: Mine: if I had to think, I write it down. If I had to think twice, I rewrite it.
edsger: If I had to think three times, I go for a walk.
margaret: That explains the tan.

#python
edsger: Property-based tests found a bug for me: an empty name, at midnight, in February.
grace: On the 29th?
edsger: Naturally.
ada: I love them. They are like a toddler with a proof assistant.

#python
ada: I need to look something up. Back soon, do not refactor without me.
ada leaves
dennis: Quick. Rename something.
grace: I would not dare.
edsger: I renamed a variable in my head. Nobody can prove it.
ada returns
ada: Something is different in here.
edsger: ...

#python
dennis: How many of you use a debugger, and how many use print?
margaret: Print, then shame, then the debugger, then print.
grace: Print. With a prefix, so that I find them all again.
ada: Logging. It is print with a job title.

#coffee
ada: New beans. The bag says "notes of apricot and determinism".
grace: It does not.
ada: It says apricot. I added the rest.
edsger: Same bean, same water, same cup: same coffee. I see no problem with the label.

#coffee
dennis: Lunch idea: what is open, has soup, and does not play music?
margaret: My kitchen.
dennis: Does it take reservations?
margaret: It takes dishes. Washed ones.

#coffee
grace: Walked to work along the canal today. Counted eleven ducks.
edsger: Eleven is a good number of ducks.
ada: It is prime. They cannot be split into equal teams.
dennis: So that is why they are always arguing.

#coffee
margaret: I fixed the kitchen tap with nothing but a coin and patience.
grace: Which of them did more?
margaret: The coin. I ran out of patience at the washer.
dennis: Did you write a test for it?
margaret: I put a bucket under it. That is a monitor.

#coffee
edsger: The tea is ready. I shall fetch it.
edsger leaves
ada: You know, when he is away, this is a coffee channel.
grace: Shh. Enjoy it.
edsger returns
edsger: I have brought enough for everybody.
ada: ...thank you, edsger.

#coffee
ada: Weekend plans? I am going to teach my nephew to count in binary.
dennis: He will be able to count to 1023 on his fingers.
ada: That is the idea. He is very competitive.
margaret: And the only one in his class who starts at zero.
"""

WELCOME: Final = (
    (
        "Hi {user}, good to see you! I'm {me}, one of the residents of this demo: a small script"
        " on an ordinary client, so ask me anything, and expect short answers."
    ),
    (
        "Ctrl+K jumps anywhere, Alt+A goes to what is unread, and F1 shows all keys. Answer me"
        " right here, or say hello in #general. Ctrl+Q quits, and nothing is left behind."
    ),
)
"""What the host writes to a newcomer in private."""

HELLO: Final = (
    ("ada", "Welcome, {user}! Pull up a prompt."),
    ("margaret", "Hello {user}. Make yourself at home, the scrollback is all yours."),
    ("dennis", "Ah, {user} is here. Now we are enough for a decent argument about tabs."),
)
"""How a newcomer is greeted in public, and by whom."""

TOPICS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        ("are you real", "bot", "human", "script", "are you a"),
        (
            "I'm a script, and not a long one. The connection I talk over is real, though.",
            "A resident: a little Python on an ordinary ChatClient. I have a rich inner loop.",
        ),
    ),
    (
        ("quit", "exit", "leave", "how do i get out"),
        ("Ctrl+Q or /quit ends the app; /part only leaves the channel. No hard feelings.",),
    ),
    (
        ("key", "shortcut", "help", "how do", "how can", "how to", "what can"),
        (
            (
                "F1 shows every key. The ones to remember: Ctrl+K to jump anywhere, Alt+A for what"
                " is unread, Alt+Up and Alt+Down to walk the channels."
            ),
            "Ctrl+K, two letters, Enter: that gets you anywhere. /help tells the rest.",
        ),
    ),
    (
        ("channel", "join"),
        (
            "/join NAME makes a channel where there is none, and /list shows those there are.",
            "Try /join kitchen. It is empty, so you can be the first to be right in it.",
        ),
    ),
    (
        ("server", "host", "friends", "colleagues"),
        (
            (
                "rchat-tui --serve hosts from your terminal; rchat-server stands alone. The status"
                " bar says which address the others take."
            ),
        ),
    ),
    (
        ("rsocket", "protocol", "wire", "backpressure", "credit"),
        (
            (
                "It's RSocket underneath: a reader asks for as much as it can take, and a slow one"
                " costs the server a cursor instead of memory."
            ),
        ),
    ),
    (
        ("python", "asyncio", "code", "bug", "test"),
        (
            "Have you broken it on purpose yet? It is the fastest way to learn what holds it up.",
            "Small steps, and a test for each. And a biscuit for each test.",
        ),
    ),
    (
        ("coffee", "tea", "lunch", "beans"),
        (
            "There is a channel for that: #coffee. Mind the tea faction.",
            "Yes, please. One for the road, one for the load average.",
        ),
    ),
    (
        ("hello", "hi", "hey", "good morning", "good evening", "moin", "hallo", "hola"),
        ("Hello {user}! Good to have you here.", "Hey {user}. How is your terminal today?"),
    ),
    (
        ("thanks", "thank you", "thx", "cheers"),
        ("Any time, {user}.", "You're welcome, {user}. That is what residents are for."),
    ),
    (
        ("bye", "good night", "see you", "cu"),
        ("Bye {user}! Ctrl+Q is the door.", "See you, {user}. Mind the exit code."),
    ),
)
"""Words in what somebody says, and what to answer. The first that fits counts."""

OTHERWISE: Final[dict[str, tuple[str, ...]]] = {
    "ada": (
        "Interesting, {user}. I would try the smallest version of it first.",
        "I like where this is going. What does it do for an empty input?",
    ),
    "grace": (
        "Tell me more, {user}. I'm only a demo, but I'm a patient one.",
        "In my experience, {user}, it is easier to try it than to ask whether one may.",
    ),
    "margaret": (
        "Good question, {user}. I would write it down, then sleep, then read it again.",
        "It depends, {user}, and I would like to know on what before we ship it.",
    ),
    "dennis": (
        "Could be, {user}. I would start with a pipe and see what comes out of it.",
        "Short answer: yes. Long answer: yes, but with a man page.",
    ),
    "edsger": (
        "An elegant thought, {user}. Can it be made one line shorter?",
        "I cannot prove it, {user}, but I cannot refute it either. Have some tea.",
    ),
}
"""What each resident answers when nothing else fits."""
