// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "medcl/core/error.h"
#include "medcl/model/networks.h"

namespace medcl {
namespace {

std::filesystem::path temporary_file(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / (std::to_string(getpid()) + name);
}

bool same_bits(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         torch::equal(a.contiguous(), b.contiguous());
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string message_of(torch::nn::Module& module, const NamedTensors& state) {
  try {
    load_state(module, state, "weights.safetensors");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
    return error.what();
  }
  ADD_FAILURE() << "loaded";
  return "";
}

TEST(Tensors, SurviveTheFileInEveryType) {
  NamedTensors tensors;
  for (const auto type :
       {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kInt32, torch::kInt64,
        torch::kFloat16, torch::kBFloat16, torch::kFloat32, torch::kFloat64}) {
    const std::string name = c10::toString(type);
    tensors[name] = (torch::randn({3, 5}) * 10).to(type);
    tensors[name + ".scalar"] = torch::ones({}).to(type);
    tensors[name + ".empty"] = torch::empty({2, 0, 3}).to(type);
    tensors[name + ".transposed"] = tensors[name].t();
  }
  tensors["channels_last"] =
      torch::randn({2, 3, 4, 5}).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto path = temporary_file("types.safetensors");
  write_tensors(path, tensors, {{"key", "value"}});
  const auto file = SafetensorsFile::open(path);
  EXPECT_EQ(file.metadata().at("key"), "value");
  for (const bool borrow : {false, true}) {
    const auto read = to_tensors(file, borrow);
    ASSERT_EQ(read.size(), tensors.size());
    for (const auto& [name, tensor] : tensors)
      EXPECT_TRUE(same_bits(read.at(name), tensor)) << name;
  }
  std::filesystem::remove(path);
}

TEST(Tensors, BorrowingCopiesNothing) {
  const auto path = temporary_file("borrow.safetensors");
  write_tensors(path, {{"a", torch::randn({8})}});
  const auto file = SafetensorsFile::open(path);
  const void* bytes = file.at("a").bytes.data();
  EXPECT_EQ(to_tensors(file, true).at("a").data_ptr(), bytes);
  EXPECT_NE(to_tensors(file, false).at("a").data_ptr(), bytes);
  std::filesystem::remove(path);
}

TEST(Tensors, RefuseTypesTheFileCannotHold) {
  EXPECT_THROW(write_tensors(temporary_file("complex.safetensors"),
                             {{"c", torch::zeros({2}, torch::kComplexFloat)}}),
               Error);
  EXPECT_THROW(to_torch(DType::kU16), Error);
}

TEST(State, MovesANetworkExactly) {
  const auto source = make_network({"unet", {"network.width=2"}}, {1, 3}, 1);
  (void)source->forward(torch::randn({2, 1, 16, 16}));  // moves the running statistics
  const auto target = make_network({"unet", {"network.width=2"}}, {1, 3}, 2);
  const auto path = temporary_file("state.safetensors");
  write_tensors(path, state_of(*source));
  load_state(*target, to_tensors(SafetensorsFile::open(path)), path.string());
  source->eval();
  target->eval();
  const auto image = torch::randn({1, 1, 32, 32});
  EXPECT_TRUE(torch::equal(source->forward(image).logits_bks, target->forward(image).logits_bks));
  std::filesystem::remove(path);
}

TEST(State, NamesWhatIsMissingUnexpectedAndMisshaped) {
  const auto network = make_network({"unet", {"network.width=2"}}, {1, 3}, 1);
  auto state = state_of(*network);
  state.erase("head.bias");
  state["stranger"] = torch::zeros({1});
  state["head.weight"] = torch::zeros({4, 2, 1, 1});
  const auto message = message_of(*network, state);
  EXPECT_TRUE(contains(message, "weights.safetensors")) << message;
  EXPECT_TRUE(contains(message, "missing 1: head.bias")) << message;
  EXPECT_TRUE(contains(message, "unexpected 1: stranger")) << message;
  EXPECT_TRUE(contains(message, "misshaped 1: head.weight [4, 2, 1, 1] instead of [3, 2, 1, 1]"))
      << message;
  EXPECT_FALSE(contains(message, "\n")) << message;
}

TEST(State, NamesAtMostFive) {
  const auto network = make_network({"unet", {"network.width=2"}}, {1, 3}, 1);
  const auto message = message_of(*network, {});
  EXPECT_TRUE(contains(message, "missing " + std::to_string(state_of(*network).size()))) << message;
  EXPECT_LT(message.size(), 400U);
}

TEST(State, LeavesTheNetworkAloneWhenItRefuses) {
  const auto network = make_network({"unet", {"network.width=2"}}, {1, 3}, 1);
  auto state = state_of(*make_network({"unet", {"network.width=2"}}, {1, 3}, 2));
  const auto before = network->named_parameters()["head.weight"].detach().clone();
  state.erase("down_0.conv.0.weight");
  message_of(*network, state);
  EXPECT_TRUE(torch::equal(before, network->named_parameters()["head.weight"]));
}

}  // namespace
}  // namespace medcl
