import { Alert, Badge, Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Ticket } from '../../../server/contract/seats.ts';
import { isTransient } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { money } from '../app/money.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { Countdown } from './Countdown.tsx';
import { cancelTicket, pay, reassignTicket, reinstateTicket, suspendTicket } from './calls.ts';
import { settlePayment } from './pendingPayments.ts';
import { ticketPath } from './places.ts';
import { TICKET_STATUS } from './ticketStatus.ts';

type Props = {
  ticket: Ticket;
  /** Free seats that the passenger could move to. */
  free: string[];
  /** Whether the user decides about other people's tickets, or only sees them. */
  desk: boolean;
  onClose: () => void;
  onChanged: () => void;
};

type Step = 'suspend' | 'cancel' | 'reassign';

/** What staff may do with the ticket on a seat. Each write says which version it was decided on. */
export const SeatDialog = ({ ticket, free, desk, onClose, onChanged }: Props) => {
  const [base, setBase] = useState(ticket);
  const [step, setStep] = useState<Step>();
  const [reason, setReason] = useState('');
  const [seat, setSeat] = useState(free[0] ?? '');
  const moved = ticket.version !== base.version;

  const act = useMutation({
    mutationFn: async (what: Step | 'pay' | 'reinstate') => {
      const said = reason.trim() || undefined;
      const { id, version } = base;
      if (what === 'suspend') return suspendTicket(id, version, said);
      if (what === 'cancel') return cancelTicket(id, version, said);
      if (what === 'reassign') return reassignTicket(id, version, seat, said);
      if (what === 'pay') return takePayment(base);
      return reinstateTicket(id, version);
    },
    onSuccess: (saved) => {
      notifyDone(`Seat ${saved.seatNumber}: ${TICKET_STATUS[saved.status].label.toLowerCase()}.`);
      onChanged();
      onClose();
    },
    onError: onChanged,
  });
  const stale = moved || (act.error instanceof ApiError && act.error.code === 'STALE');
  const goOn = () => {
    setBase(ticket);
    act.reset();
  };
  const { status } = ticket;
  const over = status === 'cancelled';
  return (
    <Modal opened onClose={onClose} title={`Seat ${ticket.seatNumber}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="md">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text fw={600}>{ticket.passengerName}</Text>
            <Text component={Link} href={ticketPath(ticket.id)} size="sm" td="underline" c="inherit">
              The ticket and its history
            </Text>
          </div>
          <Badge variant="default" size="lg" tt="none">
            {TICKET_STATUS[status].label}
          </Badge>
        </Group>
        {status === 'reserved' && ticket.expiresAt && <Countdown until={ticket.expiresAt} what="The hold" />}
        {stale && (
          <Alert
            color="yellow"
            variant="light"
            role="alert"
            icon={<CircleAlert size={18} aria-hidden />}
            title="This changed while you were deciding"
            data-testid="seat-meanwhile"
          >
            It is <b>{TICKET_STATUS[status].label.toLowerCase()}</b> now
            {ticket.seatNumber !== base.seatNumber && `, on seat ${ticket.seatNumber}`}.
            <Group gap="xs" mt="xs">
              <Button size="xs" variant="default" onClick={onClose}>
                Leave it so
              </Button>
              {!over && (
                <Button size="xs" onClick={goOn}>
                  Decide again
                </Button>
              )}
            </Group>
          </Alert>
        )}
        {step && step !== 'reassign' && (
          <Textarea
            label="Reason"
            description="Optional; it stays in the ticket's history"
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        {step === 'reassign' && (
          <NativeSelect
            label="New seat"
            data={free}
            value={seat}
            onChange={(event) => setSeat(event.currentTarget.value)}
            data-autofocus
          />
        )}
        {!stale && <FormTrouble error={act.error} />}
        {!desk && (
          <Text size="sm" c="dimmed">
            Agents and admins of your company can move, suspend or cancel it.
          </Text>
        )}
        {desk && !stale && !over && (
          <Group gap="xs" justify="flex-end">
            {step ? (
              <>
                <Button variant="default" onClick={() => setStep(undefined)}>
                  Back
                </Button>
                <Button
                  color={step === 'cancel' ? 'red.9' : 'tide'}
                  loading={act.isPending}
                  onClick={() => act.mutate(step)}
                >
                  {WORDS[step]}
                </Button>
              </>
            ) : (
              <>
                <Button variant="default" onClick={() => setStep('cancel')}>
                  Cancel ticket
                </Button>
                <Button
                  variant="default"
                  disabled={free.length === 0 || status === 'suspended'}
                  onClick={() => setStep('reassign')}
                >
                  Move
                </Button>
                {status === 'suspended' ? (
                  <Button loading={act.isPending} onClick={() => act.mutate('reinstate')}>
                    Reinstate
                  </Button>
                ) : (
                  <Button variant="default" onClick={() => setStep('suspend')}>
                    Suspend
                  </Button>
                )}
                {status === 'reserved' && (
                  <Button loading={act.isPending} onClick={() => act.mutate('pay')}>
                    Take {money(ticket.price)}
                  </Button>
                )}
              </>
            )}
          </Group>
        )}
      </Stack>
    </Modal>
  );
};

/** Money that the desk took: the payment settles the ticket. Without an answer the next try is the same payment. */
const takePayment = async (ticket: Ticket): Promise<Pick<Ticket, 'seatNumber' | 'status'>> => {
  try {
    const { status } = await pay(ticket, 'cash');
    settlePayment(ticket.id);
    return { seatNumber: ticket.seatNumber, status: status === 'succeeded' ? 'confirmed' : ticket.status };
  } catch (error) {
    if (!isTransient(error)) settlePayment(ticket.id);
    throw error;
  }
};

const WORDS: Record<Step, string> = { suspend: 'Suspend', cancel: 'Cancel the ticket', reassign: 'Move the passenger' };
