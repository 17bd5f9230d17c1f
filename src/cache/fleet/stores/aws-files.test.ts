import { expect, test } from "bun:test";
import { parseAwsFile } from "./aws-files.ts";

test("profiles of both files' forms, with comments, nested settings and spaces", () => {
  const profiles = parseAwsFile(
    [
      "# a comment",
      "[default]",
      "aws_access_key_id = AKIA",
      "aws_secret_access_key=a=b/c+d==",
      "s3 =",
      "  addressing_style = path",
      "",
      "[profile ci]",
      "region = eu-central-1  ",
      "; another",
      "[ci]",
      "AWS_ACCESS_KEY_ID = OTHER",
      "nonsense",
    ].join("\r\n"),
  );
  expect(profiles.get("default")).toEqual({ aws_access_key_id: "AKIA", aws_secret_access_key: "a=b/c+d==", s3: "" });
  expect(profiles.get("ci")).toEqual({ region: "eu-central-1", aws_access_key_id: "OTHER" });
});

test("pairs before the first section belong to no profile", () => {
  expect(parseAwsFile("aws_access_key_id = A\n").size).toBe(0);
});
