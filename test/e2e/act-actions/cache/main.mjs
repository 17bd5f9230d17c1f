import { input, lines, restore, state } from "./store.mjs";

const found = await restore(lines(input("path")), [input("key"), ...lines(input("restore-keys"))]);
state("found", found ?? "");
