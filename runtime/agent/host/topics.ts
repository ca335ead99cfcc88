import { EddyError } from "../../../language/problem.ts";

/** MQTT 5, 4.7.3: a UTF-8 string of at most 65,535 bytes without the null character. */
const largestTopic = 65_535;

/** Whether a topic is one that the filter asks for (MQTT 5, 4.7). `$share/GROUP/` is taken off the filter first. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = withoutShare(filter).split("/");
  const levels = topic.split("/");
  // Wildcards do not reach topics that begin with `$`, such as `$SYS`.
  if (topic.startsWith("$") && (wanted[0] === "#" || wanted[0] === "+")) return false;
  for (const [index, part] of wanted.entries()) {
    if (part === "#") return true;
    if (index >= levels.length) return false;
    if (part !== "+" && part !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}

function withoutShare(filter: string): string {
  if (!filter.startsWith("$share/")) return filter;
  return filter.split("/").slice(2).join("/");
}

/** A broker ends the connection on a topic it may not be sent, and the message would be sent again after it: never send one. */
export function assertTopic(topic: string): void {
  if (topic === "" || /[+#\0]/.test(topic) || Buffer.byteLength(topic) > largestTopic) {
    throw new EddyError(
      "EDDY_TOPIC",
      `"${topic.slice(0, 200)}" cannot be published to: a topic is not empty and holds no "+", "#" or null character.`,
    );
  }
}

export function assertFilter(filter: string): void {
  const levels = withoutShare(filter).split("/");
  const isWrong = levels.some(
    (level, index) =>
      (level.includes("#") && (level !== "#" || index !== levels.length - 1)) ||
      (level.includes("+") && level !== "+"),
  );
  if (
    isWrong ||
    levels.join("/") === "" ||
    filter.includes("\0") ||
    Buffer.byteLength(filter) > largestTopic
  ) {
    throw new EddyError(
      "EDDY_TOPIC",
      `"${filter.slice(0, 200)}" cannot be subscribed to: "+" stands for a whole level, "#" for all that follow at the end.`,
    );
  }
}
