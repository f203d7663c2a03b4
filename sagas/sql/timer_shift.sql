UPDATE timers SET due_us = due_us + ?1
