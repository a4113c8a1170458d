/** A room's messages as they are drawn: one after another by the same person stand together. */

import type { Message } from "../../../state/room";

export interface Drawn {
  message: Message;
  /** Shows the name and the hour. */
  isFirst: boolean;
  replyTo: Message | null;
}

/** A message in one line: its words, or what its files are called. */
export function saidIn({ text, files }: Message): string {
  return text || (files ?? []).map((one) => one.name).join(", ");
}

const together_ms = 5 * 60_000;

export function drawn(messages: readonly Message[]): Drawn[] {
  return messages.map((message, index) => ({
    message,
    isFirst: !follows(messages[index - 1], message),
    replyTo: messages.find((one) => one.id === message.reply_to) ?? null,
  }));
}

function follows(before: Message | undefined, message: Message): boolean {
  if (!before || before.author.id !== message.author.id || message.reply_to !== undefined) return false;
  return Date.parse(message.at) - Date.parse(before.at) < together_ms;
}
