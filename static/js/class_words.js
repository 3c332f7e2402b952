// What detectors call things, in the reader's language.
const words = JSON.parse(document.getElementById("class-words")?.textContent || "{}");

export const classWord = (name) => words[name] ?? name;
