// SPDX-License-Identifier: Apache-2.0
#pragma once

// The CUDA source of fused normalisation, compiled when it is first used (program.h). What each
// kernel computes is that of its namesake in row_kernels.h; what differs is where the rows lie:
//
//   plain  row r of the result is row r of the source
//   up     the source holds four 2 x 2 convolutions side by side (up_conv.h); its rows are
//          (image, i, j, parity) and those on the rim belong to no pixel
//   pool   the result is also wanted halved in both directions by its maximum; four rows together
//
// A thread owns 16 bytes of a row's channels, so that coefficients stay in registers and memory is
// read in whole vectors. Sums run in a fixed order: the same card gives the same bits every time.

namespace medcl::fast::cuda {

inline constexpr char kNormRectifySource[] = R"cuda(
struct Bf16 { unsigned short bits; };

__device__ float load(float value) { return value; }
__device__ float load(Bf16 value) { return __uint_as_float((unsigned)value.bits << 16); }
__device__ void store(float value, float& to) { to = value; }
__device__ void store(float value, Bf16& to) {
  unsigned bits = __float_as_uint(value);
  bool is_nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  to.bits = is_nan ? (bits >> 16) | 0x40u : (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
}

template <class T> struct alignas(16) Vector {
  static constexpr int kCount = 16 / sizeof(T);
  T values[kCount];
};
template <class T> __device__ Vector<T> read(const T* from) { return *(const Vector<T>*)from; }
template <class T> __device__ void write(const Vector<T>& vector, T* to) { *(Vector<T>*)to = vector; }

struct Task {
  long long rows;           // of the source; pool: of four source rows
  int channels;
  int height, width;        // of the images of the result
  int stride;               // values between rows of the result, and of its gradient
  float slope;              // of LeakyReLU
  unsigned key, threshold;  // of dropout, as in row_kernels.h; threshold 0 keeps all
  float keep_scale;
  const long long* recorded_key;  // where the key lies that counts instead, or null
};

__device__ void take_key(Task& task) {
  if (task.recorded_key == nullptr) return;
  unsigned long long key = *task.recorded_key;
  task.key = (unsigned)(key ^ (key >> 32));
}

struct Norm {
  const float *mean, *inverse, *weight, *bias;
};

// The row of the result that a row of the source belongs to, or -1.
struct Plain {
  __device__ static long long target(long long row, const Task&) { return row; }
};
struct Up {
  __device__ static long long target(long long row, const Task& task) {
    unsigned parity = (unsigned)row & 3u, at = (unsigned)(row >> 2);
    unsigned across = task.width / 2 + 1, down = task.height / 2 + 1;
    unsigned line = at / across, image = line / down;
    int i = (int)(line - image * down) - (int)(parity >> 1);
    int j = (int)(at - line * across) - (int)(parity & 1u);
    if (i < 0 || j < 0 || 2 * i >= task.height || 2 * j >= task.width) return -1;
    return ((long long)image * task.height + 2 * i + (parity >> 1)) * task.width + 2 * j + (parity & 1u);
  }
};

__device__ unsigned hash(unsigned index, unsigned key) {
  unsigned h = (index * 0x9E3779B1u) ^ key;
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  return h ^ (h >> 16);
}

__device__ float gate(float z, unsigned index, const Task& task) {
  float rectified = z > 0 ? 1.0f : task.slope;
  if (task.threshold == 0) return rectified;
  return hash(index, task.key) < task.threshold ? 0.0f : rectified * task.keep_scale;
}

// The channels of a thread, and the rows it visits.
template <class T> struct Place {
  static constexpr int kCount = Vector<T>::kCount;
  int lanes, groups, group, channel;
  __device__ explicit Place(const Task& task) {
    lanes = task.channels / kCount;
    groups = blockDim.x / lanes;
    group = threadIdx.x / lanes;
    channel = (threadIdx.x - group * lanes) * kCount;
  }
  __device__ bool idle() const { return group >= groups; }
  __device__ long long first() const { return (long long)blockIdx.x * groups + group; }
  __device__ long long step() const { return (long long)gridDim.x * groups; }
};

template <class T> struct Coefficients {
  static constexpr int kCount = Vector<T>::kCount;
  float mean[kCount], inverse[kCount], scale[kCount], bias[kCount];
  __device__ Coefficients(const Norm& norm, int channel) {
    for (int i = 0; i < kCount; ++i) {
      mean[i] = norm.mean[channel + i];
      inverse[i] = norm.inverse[channel + i];
      scale[i] = norm.weight[channel + i] * inverse[i];
      bias[i] = norm.bias[channel + i];
    }
  }
  __device__ float z(int i, float x) const { return scale[i] * (x - mean[i]) + bias[i]; }
  __device__ float normalised(int i, float x) const { return (x - mean[i]) * inverse[i]; }
};

// Adds the sums of a block's threads channel by channel: partial[block][2][channels].
template <int kCount>
__device__ void write_partial(const float* a, const float* b, int groups, int group, int channel,
                              int channels, float* partial) {
  extern __shared__ float shared[];  // [groups][2][channels]
  if (group < groups) {
    for (int i = 0; i < kCount; ++i) {
      shared[(2 * group) * channels + channel + i] = a[i];
      shared[(2 * group + 1) * channels + channel + i] = b[i];
    }
  }
  __syncthreads();
  for (int c = threadIdx.x; c < 2 * channels; c += blockDim.x) {
    float total = 0;
    for (int g = 0; g < groups; ++g) total += shared[2 * g * channels + c];
    partial[(long long)blockIdx.x * 2 * channels + c] = total;
  }
}

template <class T, class Map>
__device__ void moments(const T* x, const Task& task, float* partial) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  float sum[kCount] = {}, square[kCount] = {};
  if (!place.idle()) {
    Vector<T> origin = read(x + place.channel);  // no cancellation for channels far from zero
    #pragma unroll 4
    for (long long row = place.first(); row < task.rows; row += place.step()) {
      float used = Map::target(row, task) < 0 ? 0.0f : 1.0f;
      Vector<T> value = read(x + row * task.channels + place.channel);
      for (int i = 0; i < kCount; ++i) {
        float centred = used * (load(value.values[i]) - load(origin.values[i]));
        sum[i] += centred;
        square[i] += centred * centred;
      }
    }
  }
  write_partial<kCount>(sum, square, place.groups, place.group, place.channel, task.channels, partial);
}

template <class T, class Map>
__device__ void rectify(const T* x, const Norm& norm, const Task& task, T* y) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  if (place.idle()) return;
  Coefficients<T> of(norm, place.channel);
  #pragma unroll 4
  for (long long row = place.first(); row < task.rows; row += place.step()) {
    long long target = Map::target(row, task);
    Vector<T> value = read(x + row * task.channels + place.channel);
    unsigned index = (unsigned)(row * task.channels + place.channel);
    for (int i = 0; i < kCount; ++i) {
      float z = of.z(i, load(value.values[i]));
      store(z * gate(z, index + i, task), value.values[i]);
    }
    if (target >= 0) write(value, y + target * task.stride + place.channel);
  }
}

template <class T, class Map>
__device__ void gradient_moments(const T* x, const T* dy, const Norm& norm, const Task& task, float* partial) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  float sum[kCount] = {}, product[kCount] = {};
  if (!place.idle()) {
    Coefficients<T> of(norm, place.channel);
    #pragma unroll 2
    for (long long row = place.first(); row < task.rows; row += place.step()) {
      long long target = Map::target(row, task);
      float used = target < 0 ? 0.0f : 1.0f;
      Vector<T> value = read(x + row * task.channels + place.channel);
      Vector<T> gradient = read(dy + (target < 0 ? 0 : target) * task.stride + place.channel);
      unsigned index = (unsigned)(row * task.channels + place.channel);
      for (int i = 0; i < kCount; ++i) {
        float v = load(value.values[i]);
        float g = used * load(gradient.values[i]) * gate(of.z(i, v), index + i, task);
        sum[i] += g;
        product[i] += g * of.normalised(i, v);
      }
    }
  }
  write_partial<kCount>(sum, product, place.groups, place.group, place.channel, task.channels, partial);
}

// means: [2][channels], of g and of g x-hat.
template <class T, class Map>
__device__ void backward(const T* x, const T* dy, const Norm& norm, const float* means, const Task& task, T* dx) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  if (place.idle()) return;
  Coefficients<T> of(norm, place.channel);
  float mean[kCount], slope[kCount];
  for (int i = 0; i < kCount; ++i) {
    mean[i] = means[place.channel + i];
    slope[i] = means[task.channels + place.channel + i];
  }
  #pragma unroll 2
  for (long long row = place.first(); row < task.rows; row += place.step()) {
    long long target = Map::target(row, task);
    Vector<T> value = read(x + row * task.channels + place.channel);
    Vector<T> gradient = read(dy + (target < 0 ? 0 : target) * task.stride + place.channel);
    unsigned index = (unsigned)(row * task.channels + place.channel);
    for (int i = 0; i < kCount; ++i) {
      float v = load(value.values[i]);
      float g = load(gradient.values[i]) * gate(of.z(i, v), index + i, task);
      float d = of.scale[i] * (g - mean[i] - of.normalised(i, v) * slope[i]);
      store(target < 0 ? 0.0f : d, value.values[i]);
    }
    write(value, dx + row * task.channels + place.channel);
  }
}

// Four neighbours whose maximum is kept; task.rows counts them.
struct Window {
  long long rows[4];
  __device__ Window(long long at, const Task& task) {
    unsigned across = task.width / 2, down = task.height / 2;
    unsigned line = (unsigned)at / across, image = line / down;
    unsigned i = line - image * down, j = (unsigned)at - line * across;
    rows[0] = ((long long)image * task.height + 2 * i) * task.width + 2 * j;
    rows[1] = rows[0] + 1;
    rows[2] = rows[0] + task.width;
    rows[3] = rows[2] + 1;
  }
};

__device__ bool is_more(float value, float best) { return value > best || value != value; }

template <class T>
__device__ void rectify_pool(const T* x, const Norm& norm, const Task& task, T* y, T* pooled) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  if (place.idle()) return;
  Coefficients<T> of(norm, place.channel);
  for (long long at = place.first(); at < task.rows; at += place.step()) {
    Window window(at, task);
    Vector<T> value[4], most;
    for (int k = 0; k < 4; ++k) value[k] = read(x + window.rows[k] * task.channels + place.channel);
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < kCount; ++i) {
        float z = of.z(i, load(value[k].values[i]));
        store(z > 0 ? z : z * task.slope, value[k].values[i]);
        if (k == 0 || is_more(load(value[k].values[i]), load(most.values[i]))) most.values[i] = value[k].values[i];
      }
      write(value[k], y + window.rows[k] * task.stride + place.channel);
    }
    write(most, pooled + at * task.channels + place.channel);
  }
}

// What backward passes of the pool variant share: g of the window's rows at channel i.
template <class T>
__device__ void window_gradient(const Vector<T>* value, const Vector<T>* dy, const Vector<T>& dp, int i,
                                const Coefficients<T>& of, const Task& task, float* g) {
  int most = 0;
  float best = 0;
  for (int k = 0; k < 4; ++k) {
    float z = of.z(i, load(value[k].values[i]));
    T rounded;
    store(z > 0 ? z : z * task.slope, rounded);
    if (k == 0 || is_more(load(rounded), best)) { best = load(rounded); most = k; }
    g[k] = z > 0 ? 1.0f : task.slope;
  }
  for (int k = 0; k < 4; ++k) g[k] *= load(dy[k].values[i]) + (k == most ? load(dp.values[i]) : 0.0f);
}

template <class T>
__device__ void gradient_moments_pool(const T* x, const T* dy, const T* dpooled, const Norm& norm,
                                      const Task& task, float* partial) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  float sum[kCount] = {}, product[kCount] = {};
  if (!place.idle()) {
    Coefficients<T> of(norm, place.channel);
    for (long long at = place.first(); at < task.rows; at += place.step()) {
      Window window(at, task);
      Vector<T> value[4], gradient[4];
      for (int k = 0; k < 4; ++k) {
        value[k] = read(x + window.rows[k] * task.channels + place.channel);
        gradient[k] = read(dy + window.rows[k] * task.stride + place.channel);
      }
      Vector<T> dp = read(dpooled + at * task.channels + place.channel);
      for (int i = 0; i < kCount; ++i) {
        float g[4];
        window_gradient(value, gradient, dp, i, of, task, g);
        for (int k = 0; k < 4; ++k) {
          sum[i] += g[k];
          product[i] += g[k] * of.normalised(i, load(value[k].values[i]));
        }
      }
    }
  }
  write_partial<kCount>(sum, product, place.groups, place.group, place.channel, task.channels, partial);
}

template <class T>
__device__ void backward_pool(const T* x, const T* dy, const T* dpooled, const Norm& norm, const float* means,
                              const Task& task, T* dx) {
  constexpr int kCount = Vector<T>::kCount;
  Place<T> place(task);
  if (place.idle()) return;
  Coefficients<T> of(norm, place.channel);
  float mean[kCount], slope[kCount];
  for (int i = 0; i < kCount; ++i) {
    mean[i] = means[place.channel + i];
    slope[i] = means[task.channels + place.channel + i];
  }
  for (long long at = place.first(); at < task.rows; at += place.step()) {
    Window window(at, task);
    Vector<T> value[4], gradient[4];
    for (int k = 0; k < 4; ++k) {
      value[k] = read(x + window.rows[k] * task.channels + place.channel);
      gradient[k] = read(dy + window.rows[k] * task.stride + place.channel);
    }
    Vector<T> dp = read(dpooled + at * task.channels + place.channel);
    for (int i = 0; i < kCount; ++i) {
      float g[4];
      window_gradient(value, gradient, dp, i, of, task, g);
      for (int k = 0; k < 4; ++k) {
        float hat = of.normalised(i, load(value[k].values[i]));
        store(of.scale[i] * (g[k] - mean[i] - hat * slope[i]), value[k].values[i]);
      }
    }
    for (int k = 0; k < 4; ++k) write(value[k], dx + window.rows[k] * task.channels + place.channel);
  }
}

// Two sums of a channel over the blocks, in double; valid in threads with threadIdx.y = 0.
__device__ void total_of(const float* partial, int blocks, int channels, int channel, double& a, double& b) {
  __shared__ double sums[2][32][33];
  a = b = 0;
  if (channel < channels) {
    for (int block = threadIdx.y; block < blocks; block += 32) {
      a += partial[(long long)block * 2 * channels + channel];
      b += partial[(long long)block * 2 * channels + channels + channel];
    }
  }
  sums[0][threadIdx.y][threadIdx.x] = a;
  sums[1][threadIdx.y][threadIdx.x] = b;
  __syncthreads();
  if (threadIdx.y == 0) {
    for (int k = 1; k < 32; ++k) {
      a += sums[0][k][threadIdx.x];
      b += sums[1][k][threadIdx.x];
    }
  }
}

struct Running {
  float *mean, *variance;
  const float* shift;  // bias of the convolution, which is left out of it
  double eps, momentum;
};

// mean_inverse: [2][channels]. origin: the first row of the source.
template <class T>
__device__ void settle(const float* partial, int blocks, const T* origin, long long count, const Running& running,
                       int channels, float* mean_inverse) {
  int channel = blockIdx.x * 32 + threadIdx.x;
  double sum, square;
  total_of(partial, blocks, channels, channel, sum, square);
  if (threadIdx.y != 0 || channel >= channels) return;
  double n = (double)count, offset = sum / n;
  double variance = fmax(0.0, square / n - offset * offset);
  float mean = (float)((double)load(origin[channel]) + offset);
  mean_inverse[channel] = mean;
  mean_inverse[channels + channel] = (float)(1.0 / sqrt(variance + running.eps));
  float m = (float)running.momentum;
  float& running_mean = running.mean[channel];
  float& running_variance = running.variance[channel];
  running_mean += m * (mean + running.shift[channel] - running_mean);
  running_variance += m * ((float)(variance * n / (n - 1)) - running_variance);
}

// dweight_dbias and means: [2][channels] each.
extern "C" __global__ void settle_gradient(const float* partial, int blocks, long long count, int channels,
                                           float* dweight_dbias, float* means) {
  int channel = blockIdx.x * 32 + threadIdx.x;
  double sum, product;
  total_of(partial, blocks, channels, channel, sum, product);
  if (threadIdx.y != 0 || channel >= channels) return;
  dweight_dbias[channel] = (float)product;
  dweight_dbias[channels + channel] = (float)sum;
  means[channel] = (float)(sum / (double)count);
  means[channels + channel] = (float)(product / (double)count);
}

#define KERNEL extern "C" __global__ void __launch_bounds__(256, 2)
#define MAPPED(T, type, Map, map)                                                                        \
  KERNEL moments_##map##_##type(const T* x, Task task, float* partial) { moments<T, Map>(x, task, partial); } \
  KERNEL rectify_##map##_##type(const T* x, Norm norm, Task task, T* y) {                                \
    take_key(task);                                                                                      \
    rectify<T, Map>(x, norm, task, y);                                                                   \
  }                                                                                                      \
  KERNEL gradient_moments_##map##_##type(const T* x, const T* dy, Norm norm, Task task, float* partial) { \
    take_key(task);                                                                                      \
    gradient_moments<T, Map>(x, dy, norm, task, partial);                                                \
  }                                                                                                      \
  KERNEL backward_##map##_##type(const T* x, const T* dy, Norm norm, const float* means, Task task, T* dx) { \
    take_key(task);                                                                                      \
    backward<T, Map>(x, dy, norm, means, task, dx);                                                      \
  }
#define TYPED(T, type)                                                                                   \
  MAPPED(T, type, Plain, plain)                                                                          \
  MAPPED(T, type, Up, up)                                                                                \
  KERNEL rectify_pool_##type(const T* x, Norm norm, Task task, T* y, T* pooled) {                        \
    rectify_pool<T>(x, norm, task, y, pooled);                                                           \
  }                                                                                                      \
  KERNEL gradient_moments_pool_##type(const T* x, const T* dy, const T* dpooled, Norm norm, Task task,   \
                                      float* partial) {                                                  \
    gradient_moments_pool<T>(x, dy, dpooled, norm, task, partial);                                       \
  }                                                                                                      \
  KERNEL backward_pool_##type(const T* x, const T* dy, const T* dpooled, Norm norm, const float* means,  \
                              Task task, T* dx) {                                                        \
    backward_pool<T>(x, dy, dpooled, norm, means, task, dx);                                             \
  }                                                                                                      \
  extern "C" __global__ void settle_##type(const float* partial, int blocks, const T* origin, long long count, \
                                           Running running, int channels, float* mean_inverse) {         \
    settle<T>(partial, blocks, origin, count, running, channels, mean_inverse);                          \
  }

TYPED(float, fp32)
TYPED(Bf16, bf16)
)cuda";

}  // namespace medcl::fast::cuda
