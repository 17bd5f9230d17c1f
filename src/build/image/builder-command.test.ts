import { describe, expect, test } from "bun:test";

import { builderCommand, type BuildOrder } from "./builder-command.ts";

const order: BuildOrder = {
  context: "/src",
  dockerfileFolder: "/tmp/d",
  target: "build",
  platform: "linux/amd64",
  buildArgs: ["TAGS=a,b"],
  contexts: ["golang:1.26=/base", "tools=docker-image://registry/x:1"],
  secrets: [{ id: "token", path: "/tmp/d/token" }],
  tags: ["registry/app:1"],
  push: true,
  output: undefined,
  epochSeconds: 1_700_000_000,
  noCache: false,
};

describe("the words for a builder", () => {
  test("buildctl", () => {
    expect(builderCommand("buildctl", order).join(" ")).toBe(
      "buildctl build --progress=rawjson --frontend=dockerfile.v0 --local context=/src --local dockerfile=/tmp/d " +
        "--local context0=/base --opt context:golang:1.26=local:context0 --opt context:tools=docker-image://registry/x:1 " +
        "--opt target=build --opt platform=linux/amd64 --opt build-arg:TAGS=a,b --opt build-arg:SOURCE_DATE_EPOCH=1700000000 " +
        "--secret id=token,src=/tmp/d/token --output type=image,name=registry/app:1,push=true,rewrite-timestamp=true",
    );
  });

  test("buildx", () => {
    expect(
      builderCommand("buildx", { ...order, tags: ["a:1", "b:1"], push: false, epochSeconds: undefined }).join(" "),
    ).toBe(
      "docker buildx build --progress=rawjson --file /tmp/d/Dockerfile --build-context golang:1.26=/base " +
        "--build-context tools=docker-image://registry/x:1 --target build --platform linux/amd64 --build-arg TAGS=a,b " +
        '--secret id=token,src=/tmp/d/token --output type=image,"name=a:1,b:1",push=false /src',
    );
  });

  test("an output of one's own keeps its words; times are rewritten only in images", () => {
    const output = (text: string): string | undefined => builderCommand("buildctl", { ...order, output: text }).at(-1);
    expect(output("type=oci,dest=a.tar")).toBe("type=oci,dest=a.tar,rewrite-timestamp=true");
    expect(output("type=local,dest=out")).toBe("type=local,dest=out");
    expect(builderCommand("buildctl", { ...order, tags: [] }).includes("--output")).toBe(false);
  });
});
