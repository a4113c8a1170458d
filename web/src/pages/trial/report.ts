/**
 * The report as plain text: for those who look after the municipality's network. It holds what was tried and found,
 * the browser and the address, and of the person only what they chose to write.
 */

export interface Reported {
  title: string;
  /** Label and value, one a line. */
  head: readonly (readonly [string, string])[];
  findings: readonly { mark: string; title: string; said: string; advice: string }[];
  needs: { title: string; lines: readonly string[] };
  details: { title: string; lines: readonly string[] };
}

export function reportText({ title, head, findings, needs, details }: Reported): string {
  return [
    title,
    "=".repeat(title.length),
    ...head.filter(([, value]) => value !== "").map(([label, value]) => `${label}: ${value}`),
    "",
    ...findings.flatMap(({ mark, title: step, said, advice }) => [`[${mark}] ${step}: ${said}`, ...(advice ? [`     ${advice}`] : [])]),
    "",
    needs.title,
    ...needs.lines.map((line) => `- ${line}`),
    "",
    details.title,
    ...details.lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** A letter in the person's own mail program; long letters are cut where mail programs would cut them. */
export function letterTo(mail: string, subject: string, text: string): string {
  const most = 1_800;
  const body = text.length > most ? `${text.slice(0, most)}…` : text;
  return `mailto:${mail}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.replace(/\n/g, "\r\n"))}`;
}
