// Only pages under HTTPS may write the clipboard by themselves; whether it was written.
export async function copy(text) {
  return Boolean(await navigator.clipboard?.writeText(text).then(() => true, () => false));
}
