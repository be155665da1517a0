/* Checks an LSTM, forward and backward, against a golden vector.

     cc -std=c99 -I SUITE/c -DGOLDEN='"lstm-states.h"' check_lstm.c -lm && ./a.out

   Any case will do that has one layer, the forward direction, one bias, and no other option. */
#include <math.h>
#include <stdio.h>
#include GOLDEN

enum { B = GOLDEN_B, T = GOLDEN_T, D = GOLDEN_D, H = GOLDEN_H };
enum { F, I, G, O, GATES }; /* the order of the blocks in W_x, W_h and b */

/* A tensor may be wrong by this much of its largest entry. */
static const double tolerance = 7e-15;

static double gates[T][B][GATES][H], c[T + 1][B][H], h[T + 1][B][H];
static double y[B][T][H], d_W_x[GATES * H][D];

static double sigmoid(double a) { return 1 / (1 + exp(-a)); }

static void forward(void)
{
    for (int n = 0; n < B * H; n++) {
        h[0][n / H][n % H] = golden_h0[n];
        c[0][n / H][n % H] = golden_c0[n];
    }
    for (int t = 0; t < T; t++)
        for (int b = 0; b < B; b++) {
            for (int row = 0; row < GATES * H; row++) {
                double a = golden_layer0_forward_b_x[row];
                for (int k = 0; k < D; k++)
                    a += golden_layer0_forward_W_x[row * D + k] * golden_x[(b * T + t) * D + k];
                for (int k = 0; k < H; k++)
                    a += golden_layer0_forward_W_h[row * H + k] * h[t][b][k];
                gates[t][b][row / H][row % H] = row / H == G ? tanh(a) : sigmoid(a);
            }
            for (int n = 0; n < H; n++) {
                double(*gate)[H] = gates[t][b];
                c[t + 1][b][n] = gate[F][n] * c[t][b][n] + gate[I][n] * gate[G][n];
                h[t + 1][b][n] = y[b][t][n] = gate[O][n] * tanh(c[t + 1][b][n]);
            }
        }
}

static void backward(void)
{
    static double d_h[B][H], d_c[B][H]; /* what the step after hands back */
    for (int n = 0; n < B * H; n++) {
        d_h[n / H][n % H] = golden_d_h_last[n];
        d_c[n / H][n % H] = golden_d_c_last[n];
    }
    for (int t = T - 1; t >= 0; t--)
        for (int b = 0; b < B; b++) {
            double d_a[GATES * H];
            for (int n = 0; n < H; n++) {
                double f = gates[t][b][F][n], i = gates[t][b][I][n], g = gates[t][b][G][n], o = gates[t][b][O][n];
                double s = tanh(c[t + 1][b][n]), d = d_h[b][n] + golden_d_y[(b * T + t) * H + n];
                double d_cell = d_c[b][n] + d * o * (1 - s * s);
                d_a[F * H + n] = d_cell * c[t][b][n] * f * (1 - f);
                d_a[I * H + n] = d_cell * g * i * (1 - i);
                d_a[G * H + n] = d_cell * i * (1 - g * g);
                d_a[O * H + n] = d * s * o * (1 - o);
                d_c[b][n] = d_cell * f;
                d_h[b][n] = 0;
            }
            for (int row = 0; row < GATES * H; row++) {
                for (int k = 0; k < H; k++)
                    d_h[b][k] += d_a[row] * golden_layer0_forward_W_h[row * H + k];
                for (int k = 0; k < D; k++)
                    d_W_x[row][k] += d_a[row] * golden_x[(b * T + t) * D + k];
            }
        }
}

static int agrees(const char *name, const double *mine, const double *golden, int count)
{
    double error = 0, largest = 0;
    int good = 1;
    for (int n = 0; n < count; n++)
        largest = fmax(largest, fabs(golden[n]));
    for (int n = 0; n < count; n++) {
        double difference = fabs(mine[n] - golden[n]);
        error = fmax(error, difference);
        good &= difference <= tolerance * largest; /* false for NaN, too */
    }
    printf("%-6s %s: %.1e of its largest entry\n", name, good ? "agrees" : "DIFFERS", error / largest);
    return good;
}

int main(void)
{
    forward();
    backward();
    int good = agrees("y", &y[0][0][0], golden_y, B * T * H);
    good &= agrees("d_W_x", &d_W_x[0][0], golden_layer0_forward_d_W_x, GATES * H * D);
    return good ? 0 : 1;
}
