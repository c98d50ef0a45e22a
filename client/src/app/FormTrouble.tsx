import { Alert } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { sentence } from './problem.ts';

/** A form's failure, said where the form is. */
export const FormTrouble = ({ error }: { error: unknown }) => {
  if (!error) return null;
  const { title, next } = sentence(error);
  return (
    <Alert color="red" variant="light" icon={<CircleAlert size={18} />} role="alert" title={title}>
      {next}
    </Alert>
  );
};
