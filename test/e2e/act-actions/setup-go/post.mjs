import { save } from "./store.mjs";

const { STATE_key: key, STATE_found: found, STATE_folders: folders } = process.env;
if (key !== undefined && key !== "" && found.toLowerCase() !== key.toLowerCase()) await save(folders.split(":"), key);
