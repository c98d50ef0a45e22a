import { Group, NativeSelect, Text } from '@mantine/core';
import { Dropzone, type FileRejection } from '@mantine/dropzone';
import { Upload } from 'lucide-react';
import { useState } from 'react';
import type { DocumentType } from '../../../server/contract/shipments.ts';
import { notifyRefusal } from '../app/notify.tsx';
import classes from './Documents.module.css';
import { ACCEPTED, DOCUMENT_TYPES, MAX_BYTES, size } from './documentTypes.ts';

const refuse = (rejections: FileRejection[]) => {
  for (const { file } of rejections)
    notifyRefusal(
      `${file.name} cannot be added`,
      file.size > MAX_BYTES
        ? `It has ${size(file.size)}; 10 MB is the limit. Compress or split it.`
        : 'Choose a PDF, an image (PNG, JPEG, WebP), a CSV or an Excel file (XLSX).',
    );
};

export const UploadArea = ({ onFiles }: { onFiles: (files: File[], documentType: DocumentType) => void }) => {
  const [documentType, setDocumentType] = useState<DocumentType>('proof_of_delivery');
  return (
    <>
      <Group gap="xs" mb={8}>
        <NativeSelect
          size="xs"
          label="Upload as"
          value={documentType}
          onChange={(event) => setDocumentType(event.currentTarget.value as DocumentType)}
          data={Object.entries(DOCUMENT_TYPES).map(([value, label]) => ({ value, label }))}
        />
      </Group>
      <Dropzone
        className={classes.area}
        accept={ACCEPTED}
        maxSize={MAX_BYTES}
        onDrop={(files: File[]) => onFiles(files, documentType)}
        onReject={refuse}
        inputProps={{ 'aria-label': 'Choose documents to upload' }}
      >
        <Group justify="center" gap="xs" wrap="nowrap">
          <Upload size={18} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm">
            Drop files here, or <b>choose</b> them.{' '}
            <Text span size="sm" c="dimmed">
              PDF, image, CSV or XLSX, up to 10 MB
            </Text>
          </Text>
        </Group>
      </Dropzone>
    </>
  );
};
