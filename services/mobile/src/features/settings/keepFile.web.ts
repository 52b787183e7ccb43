/** Has the browser save a file. */
export async function keepFile(name: string, content: ArrayBuffer): Promise<void> {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
