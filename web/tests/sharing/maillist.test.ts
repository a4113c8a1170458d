import { expect, test } from "vitest";
import { mailList, mailtos } from "../../src/pages/sharing/maillist";

test("a list is read as people paste it: lines, commas, semicolons, names before", () => {
  const { good, odd } = mailList("a@skole.dk, b@skole.dk;\n Mette Holm <mette.holm@aalborg.dk>\n\nA@SKOLE.dk");
  expect(good).toEqual(["a@skole.dk", "b@skole.dk", "mette.holm@aalborg.dk"]);
  expect(odd).toEqual([]);
});

test.each(["x", "a@b", "a b@skole.dk", "a@skole..dk", "å@skole.dk", ".a@skole.dk", "a@skole.dk\r"])("%j is told apart from addresses", (text) => {
  const { good, odd } = mailList(text);
  expect(good).toEqual(text.endsWith("\r") ? ["a@skole.dk"] : []);
  expect(odd.length).toBe(text.endsWith("\r") ? 0 : 1);
});

test("a mail of one's own has everybody in blind copy, and nothing that was typed leaves its place", () => {
  const [link = ""] = mailtos(["a+b@skole.dk", "c@skole.dk"], "Trivsel & læring", "Hej\nbcc: x");
  const url = new URL(link);
  expect(url.pathname).toBe("");
  expect([...url.searchParams.keys()]).toEqual(["bcc", "subject", "body"]);
  expect(url.searchParams.get("bcc")).toBe("a+b@skole.dk,c@skole.dk");
  expect(url.searchParams.get("body")).toBe("Hej\r\nbcc: x");
});

test("a long list becomes several mails that programs can open, and nobody is lost", () => {
  const everybody = Array.from({ length: 300 }, (_, n) => `skole-${n}@aalborg.example.dk`);
  const links = mailtos(everybody, "Trivsel", "Hej");
  expect(links.every((link) => link.length <= 1_900)).toBe(true);
  expect(links.flatMap((link) => new URL(link).searchParams.get("bcc")?.split(","))).toEqual(everybody);
});

test("without addresses there is no mail", () => expect(mailtos([], "Trivsel", "Hej")).toEqual([]));
