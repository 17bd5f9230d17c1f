import { describe, expect, test } from "bun:test";

import { packageFromSource } from "../syntax/package-from-source.ts";
import { calleeText, callsTo, receiverOf, shortName } from "./calls.ts";

const source = `package p

import (
	web "net/http"
	"database/sql"
	"time"
)

type api struct {
	*sql.DB
	client *web.Client
}

func (a *api) run(url string) {
	web.Get(url)
	a.client.Get(url)
	(a.client).Do(nil)
	a.Query("SELECT 1")
	defer println(time.Now())
	a.run(url)
}
`;

describe("calls by name", () => {
  const pkg = packageFromSource(source);
  const texts = (...names: string[]): string[] => callsTo(pkg, names).map((call) => calleeText(pkg, call));

  test("functions of a package under its path, whatever it is called here", () => {
    expect(texts("net/http.Get", "time.Now")).toEqual(["web.Get", "time.Now"]);
  });

  test("methods under the type that declares them, through pointers, parentheses and embedding", () => {
    expect(texts("net/http.Client.Get", "net/http.Client.Do", "database/sql.DB.Query")).toEqual([
      "a.client.Get",
      "(a.client).Do",
      "a.Query",
    ]);
  });

  test("builtins under their name, and the package's own methods", () => {
    expect(texts("println")).toEqual(["println"]);
    expect(texts("example.com/p.api.run")).toEqual(["a.run"]);
  });

  test("tell their receiver and their short name", () => {
    const [call = 0] = callsTo(pkg, ["net/http.Client.Get"]);
    expect(pkg.text(receiverOf(pkg, call) ?? 0)).toBe("a.client");
    expect(shortName(pkg, call)).toBe("Get");
  });
});
