import type { PDFDocument, PDFFont, PDFPage } from '@cantoo/pdf-lib';
import type { InvoiceRow, LineRow } from './invoice.sql.ts';
import { showNumber } from './invoice.ts';
import { showAmount, toPrintable, wordsOf } from './print-words.ts';

/** All that is printed of an invoice. */
export interface PrintedInvoice {
  invoice: Pick<
    InvoiceRow,
    'status' | 'number' | 'issuedOn' | 'dueOn' | 'month' | 'currency' | 'totalMinor' | 'issuedAt' | 'computedAt'
  >;
  lines: readonly LineRow[];
  issuerName: string;
  payeeName: string;
}

/**
 * An invoice as a PDF on A4, the same bytes whenever it is printed, as long as it is not voided. In the standard fonts, which every reader
 * has: Western European letters.
 *
 * By @cantoo/pdf-lib: the maintained fork of pdf-lib (releases every few weeks), 620 KB minified, 70 ms of CPU to load when the first invoice is
 * printed; pdfkit reads its fonts from files that a bundle does not have, jsPDF is half as large again.
 */
export async function renderInvoice(printed: PrintedInvoice): Promise<Uint8Array> {
  const pdf = await import('@cantoo/pdf-lib');
  const document = await pdf.PDFDocument.create({ updateMetadata: false });
  const plain = await document.embedFont(pdf.StandardFonts.Helvetica);
  const bold = await document.embedFont(pdf.StandardFonts.HelveticaBold);
  describe(document, printed);
  const sheet = new Sheet(document, { plain, bold });
  printHead(sheet, printed);
  printLines(sheet, printed);
  sheet.numberPages();
  return document.save({ useObjectStreams: false });
}

function titleOf({ invoice: { status, number, issuedOn } }: PrintedInvoice): string {
  if (number === null || issuedOn === null) return 'Draft of an invoice';
  return `Invoice ${showNumber(number, issuedOn)}${status === 'void' ? ' (void)' : ''}`;
}

/** Times of the invoice, never of its printing. */
function describe(document: PDFDocument, printed: PrintedInvoice): void {
  const at = printed.invoice.issuedAt ?? printed.invoice.computedAt;
  document.setTitle(titleOf(printed));
  document.setAuthor(printed.issuerName);
  document.setProducer('Tributary');
  document.setCreationDate(at);
  document.setModificationDate(at);
}

function printHead(sheet: Sheet, printed: PrintedInvoice): void {
  const { invoice, issuerName, payeeName } = printed;
  sheet.print([{ text: titleOf(printed), x: margin, width: textWidth }], { isBold: true, size: 18 });
  const facts = [
    ['Issued by', issuerName],
    ['Payable to', payeeName],
    ['Month', invoice.month.slice(0, 7)],
    ...(invoice.issuedOn === null ? [] : [['Issued on', invoice.issuedOn]]),
    ...(invoice.issuedOn === null ? [] : [['Due on', invoice.dueOn ?? 'as agreed']]),
  ];
  for (const [name = '', text = ''] of facts) {
    sheet.print([
      { text: name, x: margin, width: 80 },
      { text, x: margin + 90, width: textWidth - 90 },
    ]);
  }
  sheet.skip();
}

function printLines(sheet: Sheet, { invoice: { currency, totalMinor }, lines }: PrintedInvoice): void {
  const row = (texts: readonly string[]) =>
    texts.map((text, index) => ({ text, ...(columns[index] as Column), isWhole: true }));
  sheet.print(row(['For', 'Of', 'Rate', 'Amount']), { isBold: true });
  for (const line of lines) sheet.print(row(wordsOf(line, currency)));
  sheet.skip();
  sheet.print(row(['Total', '', '', showAmount(totalMinor, currency)]), { isBold: true });
}

// A4 in points.
const [pageWidth, pageHeight, margin] = [595.28, 841.89, 50];
const textWidth = pageWidth - 2 * margin;

interface Column {
  x: number;
  width: number;
  isRight?: boolean;
}

const columns: readonly Column[] = [
  { x: margin, width: 165 },
  { x: margin + 170, width: 160, isRight: true },
  { x: margin + 335, width: 60, isRight: true },
  { x: margin + 400, width: textWidth - 400, isRight: true },
];

interface Cell extends Column {
  text: string;
  /** Whether it is printed smaller, where there is no room, rather than cut: a figure that is cut is another. */
  isWhole?: boolean;
}

interface Fonts {
  plain: PDFFont;
  bold: PDFFont;
}

/** Lines one below the other, on as many pages as they need. */
class Sheet {
  readonly #document: PDFDocument;
  readonly #fonts: Fonts;
  readonly #printable: ReadonlySet<number>;
  #page: PDFPage;
  #y = pageHeight - margin;

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document;
    this.#fonts = fonts;
    this.#printable = new Set(fonts.plain.getCharacterSet());
    this.#page = document.addPage([pageWidth, pageHeight]);
  }

  print(cells: readonly Cell[], { isBold = false, size = 9 } = {}): void {
    const font = isBold ? this.#fonts.bold : this.#fonts.plain;
    if (this.#y < 2 * margin) {
      this.#page = this.#document.addPage([pageWidth, pageHeight]);
      this.#y = pageHeight - margin;
    }
    this.#y -= size * 1.6;
    for (const { text, x, width, isRight, isWhole } of cells) {
      const printable = toPrintable(text, this.#printable);
      const fitting = isWhole ? (size * width) / font.widthOfTextAtSize(printable, size) : size;
      const type = { font, size: Math.min(size, fitting) };
      const shown = isWhole ? printable : cut(printable, { ...type, width });
      const left = isRight ? x + width - font.widthOfTextAtSize(shown, type.size) : x;
      this.#page.drawText(shown, { x: left, y: this.#y, ...type });
    }
  }

  skip(): void {
    this.#y -= 12;
  }

  numberPages(): void {
    const pages = this.#document.getPages();
    pages.forEach((page, index) => {
      const text = `${index + 1} / ${pages.length}`;
      page.drawText(text, { x: margin, y: margin / 2, font: this.#fonts.plain, size: 8 });
    });
  }
}

/** As much of a text as there is room for. */
function cut(text: string, { font, size, width }: { font: PDFFont; size: number; width: number }): string {
  if (font.widthOfTextAtSize(text, size) <= width) return text;
  let shown = text;
  while (shown !== '' && font.widthOfTextAtSize(`${shown}…`, size) > width) shown = shown.slice(0, -1);
  return `${shown}…`;
}
