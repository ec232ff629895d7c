// EXPECT_API_ERROR(statement, status, "code", "part of the message").
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/api_error.hpp"

#define EXPECT_API_ERROR(statement, expected_status, expected_code, message_part) \
  try {                                                                           \
    statement;                                                                    \
    ADD_FAILURE() << "expected an error with code " << (expected_code);           \
  } catch (const ::undertone::server::ApiError& error) {                          \
    EXPECT_EQ(error.status(), expected_status) << error.what();                   \
    EXPECT_EQ(error.code(), expected_code) << error.what();                       \
    EXPECT_THAT(error.what(), ::testing::HasSubstr(message_part));                \
  }
