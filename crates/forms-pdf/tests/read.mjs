// Reads PDF files with pdf.js and tells, as JSON, what it finds: text and tags of each page, what the document says of itself,
// attachments, and where on the drawn page there is ink. With a folder as first argument the pictures are kept there.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { getDocument, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";

const [folder, ...files] = process.argv.slice(2);
const found = [];
for (const file of files) {
  const loading = getDocument({ data: new Uint8Array(readFileSync(file)), verbosity: VerbosityLevel.ERRORS });
  const document = await loading.promise;
  const { info } = await document.getMetadata();
  const pages = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const viewport = page.getViewport({ scale: 1.25 });
    const { canvas, context } = document.canvasFactory.create(viewport.width, viewport.height);
    await page.render({ canvasContext: context, viewport }).promise;
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const ink = { left: width, top: height, right: 0, bottom: 0, share: 0 };
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] + data[at + 1] + data[at + 2] < 600) {
        const x = (at / 4) % width, y = Math.floor(at / 4 / width);
        ink.left = Math.min(ink.left, x / width);
        ink.right = Math.max(ink.right, x / width);
        ink.top = Math.min(ink.top, y / height);
        ink.bottom = Math.max(ink.bottom, y / height);
        ink.share += 4 / data.length;
      }
    }
    if (folder) writeFileSync(`${folder}/${basename(file, ".pdf")}-${number}.png`, canvas.toBuffer("image/png"));
    const tags = [];
    const collect = (/** @type {any} */ node) => {
      if (node.role) tags.push(node.role);
      node.children?.forEach(collect);
    };
    collect(await page.getStructTree() ?? {});
    pages.push({ text: items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join(""), tags, ink });
  }
  const attachments = [...(await document.getAttachments() ?? [])];
  found.push({
    title: info.Title,
    language: info.Language,
    marked: (await document.getMarkInfo())?.get("Marked"),
    outline: (await document.getOutline())?.map((/** @type {any} */ item) => item.title) ?? [],
    attachments: Object.fromEntries(await Promise.all(attachments.map(async ([name]) => {
      const content = await document.getAttachmentContent(name);
      return [name, createHash("sha256").update(content).digest("hex")];
    }))),
    pages,
  });
  await loading.destroy();
}
console.log(JSON.stringify(found));
