import { expect, test } from "vitest";
import { standIn } from "../../src/shell/storage";

function refusing(): Window {
  const page = {};
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(page, name, {
      configurable: true,
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  return page as Window;
}

test("where a browser refuses storage, what is remembered is known for as long as the page is open", () => {
  const page = refusing();
  standIn(page);
  page.localStorage.setItem("a", "1");
  expect([page.localStorage.getItem("a"), page.sessionStorage.getItem("a"), page.localStorage.length]).toEqual(["1", null, 1]);
});

test("storage that is there is left as it is", () => {
  const page = { localStorage: { length: 7 }, sessionStorage: { length: 8 } } as unknown as Window;
  standIn(page);
  expect([page.localStorage.length, page.sessionStorage.length]).toEqual([7, 8]);
});
