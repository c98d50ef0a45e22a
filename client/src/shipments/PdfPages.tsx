import { Center, Loader, Text } from '@mantine/core';
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'react';
import classes from './Preview.module.css';

GlobalWorkerOptions.workerSrc = workerUrl;

/** Papers of a shipment are short; a book is better read in a program for books. */
const MAX_PAGES = 20;

/** A PDF's pages as pictures. Frames with fetched files are refused by the content policy, and phones have no viewer. */
export default function PdfPages({ content }: { content: Blob }) {
  const [pdf, setPdf] = useState<PDFDocumentProxy>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    let destroy = () => {};
    void (async () => {
      try {
        const task = getDocument({ data: await content.arrayBuffer(), isEvalSupported: false });
        destroy = () => void task.destroy();
        const opened = await task.promise;
        if (gone) destroy();
        else setPdf(opened);
      } catch {
        // Broken or locked by a password: downloading is the way left.
        if (!gone) setFailed(true);
      }
    })();
    return () => {
      gone = true;
      destroy();
    };
  }, [content]);

  if (failed)
    return (
      <Text p="lg" size="sm" role="alert">
        This PDF cannot be shown here; it may be damaged or protected. Download it and open it in another program.
      </Text>
    );
  if (!pdf)
    return (
      <Center h={240}>
        <Loader size="sm" aria-label="Loading the document" />
      </Center>
    );
  const shown = Math.min(pdf.numPages, MAX_PAGES);
  return (
    <>
      {Array.from({ length: shown }, (_, index) => (
        <PdfPage key={index} pdf={pdf} number={index + 1} />
      ))}
      {pdf.numPages > shown && (
        <Text p="sm" size="sm">
          The first {shown} of {pdf.numPages} pages; download it for the rest.
        </Text>
      )}
    </>
  );
}

const PdfPage = ({ pdf, number }: { pdf: PDFDocumentProxy; number: number }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let cancel = () => {};
    let gone = false;
    void (async () => {
      const page = await pdf.getPage(number);
      const target = canvas.current;
      if (gone || !target) return;
      const natural = page.getViewport({ scale: 1 });
      const scale = (target.clientWidth / natural.width) * Math.min(window.devicePixelRatio, 2);
      const viewport = page.getViewport({ scale });
      target.width = viewport.width;
      target.height = viewport.height;
      const drawing = page.render({ canvas: target, viewport });
      cancel = () => drawing.cancel();
      // Cancelled when the preview is closed while a page is being drawn.
      await drawing.promise.catch(() => {});
    })();
    return () => {
      gone = true;
      cancel();
    };
  }, [pdf, number]);
  return <canvas ref={canvas} className={classes.page} role="img" aria-label={`Page ${number} of ${pdf.numPages}`} />;
};
