import { Button, Center, Group, Loader, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Download, FileQuestion } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { ShipmentDocument } from '../../../server/contract/shipments.ts';
import { requestBlob } from '../app/api.ts';
import { saveFile } from '../app/saveFile.ts';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { documentPath } from './downloadDocument.ts';
import classes from './Preview.module.css';

const PdfPages = lazy(() => import('./PdfPages.tsx'));

/** A look at a document without leaving the page. */
export default function Preview({ document, onClose }: { document: ShipmentDocument; onClose: () => void }) {
  const {
    data: content,
    error,
    refetch,
  } = useQuery({
    queryKey: ['documents', 'content', document.id],
    queryFn: ({ signal }) => requestBlob(documentPath(document), signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={document.fileName}
      closeButtonProps={{ 'aria-label': 'Close the preview' }}
    >
      {error ? (
        <Trouble error={error} retry={() => void refetch()} />
      ) : !content ? (
        <Waiting />
      ) : (
        <>
          <div className={classes.content}>
            <Suspense fallback={<Waiting />}>
              <Content document={document} content={content} />
            </Suspense>
          </div>
          <Group justify="flex-end" mt="sm">
            <Button
              variant="default"
              size="xs"
              leftSection={<Download size={15} aria-hidden />}
              onClick={() => saveFile(content, document.fileName)}
            >
              Download
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}

const Waiting = () => (
  <Center h={240}>
    <Loader size="sm" aria-label="Loading the document" />
  </Center>
);

const Content = ({ document, content }: { document: ShipmentDocument; content: Blob }) => {
  if (document.mimeType.startsWith('image/')) return <Picture content={content} name={document.fileName} />;
  if (document.mimeType === 'application/pdf') return <PdfPages content={content} />;
  if (document.mimeType === 'text/csv') return <Lines content={content} />;
  return (
    <Notice icon={<FileQuestion size={28} aria-hidden />} title="No preview for this kind of file">
      Download it and open it in a spreadsheet program.
    </Notice>
  );
};

/** As a data: address, since the page's content policy admits those and no blob: ones. */
const Picture = ({ content, name }: { content: Blob; name: string }) => {
  const [source, setSource] = useState<string>();
  useEffect(() => {
    const reader = new FileReader();
    reader.onload = () => setSource(String(reader.result));
    reader.readAsDataURL(content);
    return () => reader.abort();
  }, [content]);
  return source ? <img src={source} alt={name} className={classes.picture} /> : <Waiting />;
};

const FIRST_BYTES = 20_000;
const Lines = ({ content }: { content: Blob }) => {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let gone = false;
    void content
      .slice(0, FIRST_BYTES)
      .text()
      .then((read) => !gone && setText(read));
    return () => {
      gone = true;
    };
  }, [content]);
  if (text === undefined) return <Waiting />;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <pre className={classes.lines} tabIndex={0}>
        {text}
      </pre>
      {content.size > FIRST_BYTES && (
        <Text size="xs" c="dimmed">
          The beginning only; download it for the rest.
        </Text>
      )}
    </>
  );
};
