"""What is measured, a module each: `measure(seconds, rounds)` gives case -> figure -> value. All of them need Qt."""
