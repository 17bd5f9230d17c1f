import { input, lines, save } from "./store.mjs";

// An exact hit is never saved again. act's server keeps keys in small letters.
if (process.env.STATE_found?.toLowerCase() !== input("key").toLowerCase())
  await save(lines(input("path")), input("key"));
