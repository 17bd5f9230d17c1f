import { input, lines, save } from "./store.mjs";

// An exact hit is never saved again.
if (process.env.STATE_found !== input("key")) await save(lines(input("path")), input("key"));
