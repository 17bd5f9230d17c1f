import { expect, test } from "bun:test";
import { parsePeers, peerCommand, peerServer } from "./peers.ts";

test("a peer is a name and a command; the command may hold further equals signs", () => {
  expect(parsePeers(["vea=gocacheprog -x=1 {cache}"])).toEqual([{ name: "vea", command: "gocacheprog -x=1 {cache}" }]);
  for (const wrong of ["vea", "=x", "Vea=x", "vea="]) expect(() => parsePeers([wrong])).toThrow("NAME=COMMAND");
  expect(() => parsePeers(["a=x", "a=y"])).toThrow("one name");
  expect(() => parsePeers(["native=x"])).toThrow("native");
});

test("places in the command are filled in for each build", () => {
  const [peer] = parsePeers(["vea=p -cache {cache} -l1 {cache}/b -url http://{server:127.0.0.1:8080}/v"]);
  if (peer === undefined) throw new Error("no peer");
  expect(peerServer(peer)).toBe("127.0.0.1:8080");
  expect(peerCommand(peer, "/w/c", undefined)).toBe("p -cache /w/c -l1 /w/c/b -url http://127.0.0.1:8080/v");
  expect(peerCommand(peer, "/w/c", "127.0.0.1:9")).toBe("p -cache /w/c -l1 /w/c/b -url http://127.0.0.1:9/v");
  expect(peerServer({ name: "local", command: "p" })).toBeUndefined();
});
